import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

/** Builds the page into `dist` beside this file, or where `--outDir` says. */
export default defineConfig({
  root: import.meta.dirname,
  // It is served below any path, and needs nothing from elsewhere.
  base: './',
  plugins: [preact()],
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, emptyOutDir: true },
})
