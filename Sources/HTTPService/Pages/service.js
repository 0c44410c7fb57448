// The two things this page asks the server.

/// A refusal by the server: its status, its code for programs and its sentence for people.
export class ServerError extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/// `{ styles: [{ name, title, description, isDefault }], sizes: { minimum, maximum } }`
export async function offer() {
  const response = await fetch("/v1/styles");
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/// Sends a picture. Gives `{ blob, size, drawing }`: the anime picture, its "WIDTHxHEIGHT", and the seconds in the engine.
export async function stylize(blob, { style, size, signal }) {
  const query = new URLSearchParams({ size, format: "jpeg" });
  if (style) query.set("style", style);
  const response = await fetch(`/v1/stylize?${query}`, {
    method: "POST",
    body: blob,
    headers: { "Content-Type": blob.type || "application/octet-stream" },
    signal,
  });
  if (!response.ok) throw await refusal(response);
  return {
    blob: await response.blob(),
    size: response.headers.get("X-Image-Size") ?? "",
    drawing: stage(response.headers.get("Server-Timing"), "infer"),
  };
}

function stage(header, name) {
  for (const entry of (header ?? "").split(",")) {
    const [key, ...parameters] = entry.trim().split(";");
    const duration = parameters.find((each) => each.trim().startsWith("dur="));
    if (key === name && duration) return Number(duration.trim().slice(4)) / 1000;
  }
  return null;
}

async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  return new ServerError(response.status, problem.code, problem.detail);
}
