import type { StoreOptions } from './config.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import { openInfluxStore } from './store/influx.ts'
import type { Store } from './store/store.ts'

/** Opens the store that the configuration names. */
export function openStore(options: StoreOptions): Store {
  return options.kind === 'embedded' ? openEmbeddedStore(options.file) : openInfluxStore(options)
}
