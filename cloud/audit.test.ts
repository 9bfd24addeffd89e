import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Audit } from './audit.ts'
import type { AuditEntry } from './audit.ts'

const entry = (changes: Partial<AuditEntry>): AuditEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  caller: 'tablet',
  role: 'responder',
  action: 'POST /api/alarms/:id/acknowledge',
  params: { id: 'pause.w1.1' },
  body: { by: 'nurse' },
  status: 200,
  ...changes,
})

describe('the audit log', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-audit-'))
    file = join(folder, 'audit.jsonl')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is there again after a restart, without the line that a power cut tore', () => {
    const audit = new Audit(file)
    audit.add(entry({}))
    audit.add(entry({ status: 403 }))
    appendFileSync(file, '{"at":"2026-01-01T00')
    const again = new Audit(file)
    expect(again.list(10)).toEqual([entry({ status: 403 }), entry({})])
    again.add(entry({ status: 404 }))
    expect(new Audit(file).list(1)).toEqual([entry({ status: 404 })])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('begins a new file when one is large, and keeps the last ten', () => {
    const audit = new Audit(file)
    for (let n = 0; n < 12; n += 1) {
      writeFileSync(file, 'x'.repeat(8 * 1024 * 1024))
      audit.add(entry({ status: n }))
    }
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(entry({ status: 11 }))}\n`)
    expect(readdirSync(folder)).toHaveLength(11)
  })

  it('forgets a wearer in every entry of every file, and keeps that something was done', () => {
    const audit = new Audit(file)
    audit.add(entry({}))
    audit.add(entry({ params: { id: 'pause.w10.1' } }))
    writeFileSync(`${file}.1`, `${JSON.stringify(entry({ body: { wearer: 'w1' } }))}\n`)
    audit.forget('w1')
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/w1\b/)
    expect(audit.list(10)).toEqual([entry({ params: { id: 'pause.w10.1' } }), entry({ params: {}, body: 'erased' })])
    expect(new Audit(file).list(10)).toEqual(audit.list(10))
  })

  it('counts what it could not write and goes on', () => {
    const audit = new Audit(file)
    rmSync(folder, { recursive: true })
    audit.add(entry({}))
    expect([audit.failed, audit.list(1)]).toEqual([1, [entry({})]])
    expect(() => new Audit(file)).toThrow(/ENOENT/)
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-audit-'))
  })
})
