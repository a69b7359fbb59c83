/** Which program stands for an image: the local node pulls nothing. */

/** Image name without tag and digest → the argv that stands for its entrypoint. */
export type ImagePrograms = Readonly<Record<string, readonly string[]>>;

/** `ghcr.io/acme/app:1.2@sha256:…` → `ghcr.io/acme/app`. */
export function imageName(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  // A colon before the last slash belongs to a registry's port.
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** By the whole name, else by its end, so that any registry may stand before it. */
export function programOf(image: string, programs: ImagePrograms): readonly string[] | undefined {
  const segments = imageName(image).split('/');
  for (let from = 0; from < segments.length; from += 1) {
    const name = segments.slice(from).join('/');
    if (Object.hasOwn(programs, name)) return programs[name];
  }
  return undefined;
}
