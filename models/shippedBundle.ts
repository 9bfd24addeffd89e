import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of a bundle that comes with the program, such as `ecg-beat`. */
export function shippedBundle(name: string): string {
  return fileURLToPath(new URL(`./shipped/${name}`, import.meta.url))
}

/** Folders of all bundles that come with the program. */
export function shippedBundles(): string[] {
  return readdirSync(shippedBundle(''))
    .sort()
    .map(shippedBundle)
    .filter((folder) => existsSync(join(folder, 'bundle.json')))
}
