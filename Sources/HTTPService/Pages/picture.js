// Scales a photo down before it is uploaded.

const longestSide = 1024;
const quality = 0.75;

/// What to upload for a file: `{ blob, original, shown }`, where `shown` says whether this browser can display the file.
/// A format that the browser cannot decode (HEIC in most) is uploaded unchanged.
export async function prepare(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return { blob: file, original: file.size, shown: false };
  }
  const blob = await shrink(bitmap);
  const fits = Math.max(bitmap.width, bitmap.height) <= longestSide;
  bitmap.close();
  // Encoding a small picture again can make it larger.
  const isSmaller = blob && (blob.size < file.size || !fits);
  return { blob: isSmaller ? blob : file, original: file.size, shown: true };
}

function shrink(bitmap) {
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/// 1234567 as "1.2 MB".
export function readableBytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} KB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}
