import { fileURLToPath } from 'node:url'

/** Folder of a bundle that comes with the program, such as `ecg-beat`. */
export function shippedBundle(name: string): string {
  return fileURLToPath(new URL(`./shipped/${name}`, import.meta.url))
}
