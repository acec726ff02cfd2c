#!/usr/bin/env node
// The one file that an old Node.js must be able to parse: it says what is missing instead of
// failing on syntax.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `error: Waybill needs Node.js 24.15 or newer; this is ${process.versions.node}\n  fix: install a current Node.js, or in a checkout of Waybill use: tools/bin/waybill …\n`,
  );
  process.exit(2);
}
// An import of a module of Node.js reads all that it exports, which loads what few calls need.
const builtin = (name) => process.getBuiltinModule(name);
// A checkout runs its sources; an installed package has only JavaScript.
const source = new URL('../src/entrypoints/cli/main.ts', import.meta.url);
const isCheckout = builtin('node:fs').existsSync(source);
// Only there, beside the packages that the checkout runs anyway (docs/adr/0027-no-compile-cache.md).
if (isCheckout && process.env.NODE_COMPILE_CACHE === undefined)
  builtin('node:module').enableCompileCache(
    builtin('node:url').fileURLToPath(new URL('../node_modules/.cache/waybill', import.meta.url)),
  );
const { main } = await import((await findEntry()).href);
await main(process.argv.slice(2));

/** A checkout runs a bundle of its sources, made again when a source has changed. */
async function findEntry() {
  const installed = new URL('../dist/entrypoints/cli/main.js', import.meta.url);
  if (!isCheckout) return installed;
  const { fileURLToPath, pathToFileURL } = builtin('node:url');
  const root = fileURLToPath(new URL('..', import.meta.url));
  if (process.argv[2] === 'serve') await makePage(root);
  const { findBundle } = await import('../tools/checkout/find-bundle.js');
  const bundle = findBundle(root) ?? (await makeBundle(root));
  return bundle === null ? source : pathToFileURL(`${bundle}/dist/entrypoints/cli/main.js`);
}

async function makeBundle(root) {
  if (/^(?:--version|-V)$/.test(process.argv[2])) return null;
  const { makeBundle: make } = await import('../tools/checkout/make-bundle.ts');
  return make(root);
}

/** The page is built when it is first served. Without it the server says what is missing. */
async function makePage(root) {
  const { makePage: make } = await import('../tools/checkout/make-page.ts');
  await make(root).catch((thrown) => {
    process.stderr.write(`warning: the page could not be built: ${thrown}\n`);
  });
}
