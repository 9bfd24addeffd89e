import { describe, expect, it } from 'vitest'
import { matchPort, type ListedPort } from './portIdentity.ts'

const soldered: ListedPort = { path: '/dev/ttyS0' }
const left: ListedPort = {
  path: '/dev/ttyUSB0',
  manufacturer: 'FTDI',
  serialNumber: 'A1',
  vendorId: '0403',
  productId: '6001',
}
const right: ListedPort = { ...left, path: '/dev/ttyUSB1', serialNumber: 'A2' }
const oximeter: ListedPort = { path: '/dev/ttyACM0', vendorId: '10c4', productId: 'EA60' }

describe('matchPort', () => {
  it('finds the port whose fields are all as wanted', () => {
    expect(matchPort({ vendorId: '0403', serialNumber: 'A2' }, [soldered, left, right, oximeter])).toBe('/dev/ttyUSB1')
  })

  it('does not mind the case of ids', () => {
    expect(matchPort({ vendorId: '10C4', productId: 'ea60' }, [left, oximeter])).toBe('/dev/ttyACM0')
  })

  it('does not take a port that does not say what is asked for', () => {
    expect(() => matchPort({ manufacturer: 'FTDI' }, [oximeter])).toThrow(/received \/dev\/ttyACM0: vendorId "10c4"/)
  })

  it('says what it looked for and what there is, without ports that say nothing', () => {
    expect(() => matchPort({ serialNumber: 'A3' }, [soldered, left])).toThrow(
      'expected a port with serialNumber "A3", received ' +
        '/dev/ttyUSB0: serialNumber "A1", vendorId "0403", productId "6001", manufacturer "FTDI"',
    )
    expect(() => matchPort({ serialNumber: 'A3' }, [soldered])).toThrow(/received no port that says who it is$/)
  })

  it('lists several that match and says which field tells them apart', () => {
    expect(() => matchPort({ vendorId: '0403' }, [left, right, oximeter])).toThrow(
      /expected one port with vendorId "0403", received 2 \(\/dev\/ttyUSB0: .*; \/dev\/ttyUSB1: .*\): add serialNumber$/,
    )
  })

  it('says so when nothing tells them apart', () => {
    const twin = { ...left, path: '/dev/ttyUSB7' }
    expect(() => matchPort({ vendorId: '0403' }, [left, twin])).toThrow(/give the path instead$/)
  })

  it('lists no more than a few of many', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...left, path: `/dev/ttyUSB${i}`, serialNumber: `S${i}` }))
    expect(() => matchPort({ vendorId: '0403' }, many)).toThrow(/; 22 more\)/)
  })
})
