/** Packages of distributions that SBOMs of other tools list and that are not read here. */
const DISTRIBUTION_TYPES: ReadonlySet<string> = new Set(['apk', 'rpm', 'alpm']);

/** Whether the namespace of a purl type is the vendor, and not part of the name. */
export function isDistributionType(type: string): boolean {
  return DISTRIBUTION_TYPES.has(type);
}

export function findUnreadSupplier(type: string, namespace: string): string | null {
  return type === 'apk' && namespace === 'alpine' ? 'Alpine Linux' : null;
}
