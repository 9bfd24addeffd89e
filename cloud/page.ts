import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Snapshot } from './view.ts'

const marker = '<!--initial-state-->'

/** Nothing but our own files, and nobody may frame the page. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** Where the built page lies: beside this file in the package, in `dashboard/dist` in the source tree. */
export function dashboardFolder(): string {
  const built = ['./dashboard/dist', './dashboard'].map((place) => fileURLToPath(new URL(place, import.meta.url)))
  return built.find((folder) => existsSync(join(folder, 'assets'))) ?? built[0]!
}

/** The page's HTML as built, or undefined where it was not. */
export function readIndex(folder: string): string | undefined {
  const file = join(folder, 'index.html')
  return existsSync(file) && existsSync(join(folder, 'assets')) ? readFileSync(file, 'utf8') : undefined
}

/** The page with what it begins with, also for those who run no scripts. */
export function renderIndex(index: string, snapshot: Snapshot): string {
  const rows = snapshot.wearers.map(({ id, watchingSince, notWatchingBecause }) => {
    const watch =
      watchingSince === undefined ? `NOT watching: ${notWatchingBecause ?? ''}` : `watching since ${watchingSince}`
    return `<li>${escapeHtml(id)}: ${escapeHtml(watch)}</li>`
  })
  const state = `<script type="application/json" id="initial-state">${jsonForScript(snapshot)}</script>`
  return index.replace(marker, () => `<noscript><ul>${rows.join('')}</ul></noscript>${state}`)
}

/** JSON that no HTML parser takes for markup, whatever the strings in it hold. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export const notBuiltPage = `<!doctype html><meta charset="utf-8"><title>Vital Edge</title>
<p>The dashboard is not built. Run <code>npm run build</code> and start again. The API is at <code>/api</code>.</p>`

const loginStyle = `:root{color-scheme:light dark}
body{max-width:24rem;margin:12vh auto;padding:0 1rem;font:16px/1.4 system-ui,sans-serif;background:#f2f4f6;color:#14202b}
input,button{width:100%;box-sizing:border-box;padding:.6rem;font:inherit}
[role=alert]{color:#b3261e}
@media (prefers-color-scheme:dark){body{background:#0d141b;color:#eaf0f5}[role=alert]{color:#ff8a80}}`

/** What the form may do: post itself, and look as its own style says. */
export const loginSecurityPolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(loginStyle).digest('base64')}'; ` +
  "form-action 'self'; frame-ancestors 'none'"

/** A plain form that trades the token for a session. */
export function loginPage(wrong: boolean): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Vital Edge: log in</title>
<style>${loginStyle}</style>
<h1>Vital Edge</h1>
<form method="post" action="/api/session">
<p><label for="token">Token (<code>http.token</code> of the configuration, or one of <code>http.tokens</code>)</label></p>
<p><input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
${wrong ? '<p role="alert">That was not the token.</p>' : ''}
<p><button>Log in</button></p>
</form>
<p>Not a medical device.</p></html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
