// Before and after: the photo covers the picture up to a divider, which touch, mouse and keyboard move.

export class Comparison {
  #figure;
  #slider;
  #revealing = 0;

  constructor(figure) {
    this.#figure = figure;
    this.#slider = figure.querySelector(".split");
    this.#slider.addEventListener("pointerdown", () => this.#stop());
    this.#slider.addEventListener("input", () => {
      // Stops the animation when the slider is moved.
      this.#stop();
      this.splitAt(Number(this.#slider.value));
    });
  }

  splitAt(percent) {
    this.#slider.value = String(percent);
    this.#figure.style.setProperty("--split", `${percent}%`);
  }

  /// Moves the divider to the middle, to show what it does.
  reveal() {
    this.#stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.splitAt(50);
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - began) / 900);
      this.splitAt(100 - 50 * (1 - (1 - share) ** 3));
      if (share < 1) this.#revealing = requestAnimationFrame(step);
    };
    this.#revealing = requestAnimationFrame(step);
  }

  #stop() { cancelAnimationFrame(this.#revealing); }
}
