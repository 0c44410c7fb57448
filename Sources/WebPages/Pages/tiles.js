// Tiles: a value with its name above and a note below.

import { element, find } from "./elements.js";

/// `tiles`: `[id, name, value, beside]`.
export function showTiles(tiles) {
  find("tiles").replaceChildren(...tiles.map(([id, name, value, beside]) => {
    const tile = element("div", "", "tile");
    tile.dataset.tile = id;
    tile.append(element("dt", name), element("dd", value, "value"), element("dd", beside, "beside"));
    return tile;
  }));
}
