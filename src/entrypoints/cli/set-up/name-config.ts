/**
 * The line of a shell that makes a file of a tree the user's own configuration. Every command then
 * uses it, not only the commit gate and the build gate.
 *
 * @example formatNaming('/shop/waybill.yaml') // export WAYBILL_CONFIG='/shop/waybill.yaml'
 */
export function formatNaming(file: string): string {
  return `export WAYBILL_CONFIG='${file.replaceAll("'", `'\\''`)}'`;
}
