import type { PayloadDecoder } from '../../records.ts'
import { refuse } from '../../refusal.ts'
import { attributeDecoder } from './attribute.ts'

const name = 'ble-battery'

/**
 * Battery Level (0x2A19; Battery Service 1.1, 3.1; GATT Specification Supplement, Battery Level): percent as u8, 0 to 100.
 * Becomes a `battery` event each time. Battery Level Status (0x2BED) is another characteristic.
 */
export const bleBattery = (): PayloadDecoder =>
  attributeDecoder(name, (view) => {
    if (view.byteLength !== 1) return [refuse('bad-length', `${name}: expected 1 byte, received ${view.byteLength}`)]
    const percent = view.getUint8(0)
    if (percent > 100) return [refuse('out-of-range', `${name}: expected 0 to 100 percent, received ${percent}`)]
    return [{ kind: 'event', code: 'battery', value: percent }]
  })
