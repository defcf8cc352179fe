// A frame's colour from its module's name, so that the same library has the same hue on every page. FNV-1a, 32 bits.

export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value ^= text.charCodeAt(i);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/** Last path part without version and suffix: "/usr/lib/libblosc.so.1.21" and "libblosc.so" are one module. */
export function moduleKey(module: string): string {
  const name = module.slice(module.lastIndexOf('/') + 1);
  return name
    .replace(/\.(?:cpython|abi3)[\w-]*\.so$/, '')
    .replace(/\.so(\.[\d.]+)?$|\.(py|dylib|dll)$/, '')
    .replace(/-[\d.]+$/, '');
}

export function hslToRgb(hue: number, saturation: number, lightness: number): [number, number, number] {
  const a = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Whose code a frame is: its library, or for Python (no module) the package that its file lies in. */
export function owner(frame: { module: string; file: string }): string {
  if (frame.module !== '') return frame.module;
  const packaged = /(?:site|dist)-packages\/([^/]+)/.exec(frame.file) ?? /lib\/python[\d.]+\/([^/]+)/.exec(frame.file);
  if (packaged) return packaged[1];
  return frame.file.startsWith('/') ? frame.file.slice(frame.file.lastIndexOf('/') + 1) : frame.file.split('/')[0];
}

/** 24 hues: more cannot be told apart, fewer collide. */
export function moduleHue(module: string): number {
  return (hash(moduleKey(module)) % 24) * 15;
}

/** Packed for a little-endian RGBA pixel. */
export function pack([r, g, b]: [number, number, number]): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
