import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shownPort, stablePaths } from './ports.ts'
import { runCommand } from './runCommand.testing.ts'

const listed = { pnpId: undefined, locationId: undefined }
const known = { manufacturer: 'FTDI', serialNumber: 'A1', vendorId: '0403', productId: '6001' }
const unknown = { manufacturer: undefined, serialNumber: undefined, vendorId: undefined, productId: undefined }

describe('ports', () => {
  let folder: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'vital-edge-ports-')))
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  })

  it('finds the stable name of a port, and leaves out what is not known', async () => {
    const device = join(folder, 'ttyUSB0')
    const link = join(folder, 'usb-Example-if00')
    writeFileSync(device, '')
    symlinkSync('ttyUSB0', link)
    symlinkSync('gone', join(folder, 'usb-Unplugged-if00'))
    const links = await stablePaths(folder)
    expect(shownPort({ path: device, ...known }, links)).toEqual({ path: device, stablePath: link, ...known })
    expect(shownPort({ path: '/dev/ttyS0', ...unknown }, links)).toEqual({ path: '/dev/ttyS0' })
    expect(await stablePaths(join(folder, 'nowhere'))).toEqual(new Map())
  })

  it('lists what this computer has', async () => {
    const { lines, code } = await runCommand('ports', '--json')
    expect(code).toBe(0)
    const paths = (await SerialPort.list()).map(({ path }) => ({ path }))
    expect(lines).toMatchObject([{ ports: paths }])
  })

  it('prints a line a port for people', async () => {
    vi.spyOn(SerialPort, 'list').mockResolvedValue([{ path: '/dev/ttyUSB9', ...listed, ...known }])
    expect((await runCommand('ports')).lines).toEqual([
      '/dev/ttyUSB9  serialNumber "A1", vendorId "0403", productId "6001", manufacturer "FTDI"\n',
    ])
  })

  it('says so when there are none', async () => {
    vi.spyOn(SerialPort, 'list').mockResolvedValue([])
    expect((await runCommand('ports')).lines).toEqual(['This computer has no serial ports.\n'])
    expect((await runCommand('ports', '--json')).lines).toEqual([{ ports: [] }])
  })

  it('says in one line that they cannot be listed, and ends with 1', async () => {
    vi.spyOn(SerialPort, 'list').mockRejectedValue(new Error('spawn udevadm ENOENT'))
    expect(await runCommand('ports')).toEqual({ lines: [], code: 1, complaints: 'ports: spawn udevadm ENOENT\n' })
  })
})
