import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { readText } from './component-collector.ts';

type Members = { [key: string]: JsonValue };

/**
 * A dependency snapshot, as tools submit it to GitHub, in the members of CycloneDX: one reader
 * reads both. A name counts within its manifest.
 */
export function translateSnapshot(snapshot: JsonObject): JsonObject {
  const manifests = isJsonObject(snapshot['manifests']) ? snapshot['manifests'] : {};
  const components: JsonObject[] = [];
  const dependencies: JsonObject[] = [];
  for (const [key, manifest] of Object.entries(manifests)) {
    const resolved = isJsonObject(manifest) ? manifest['resolved'] : undefined;
    // Without what was resolved, what the manifest needs is not known.
    if (!isJsonObject(resolved)) {
      components.push({ type: 'library', name: key });
      continue;
    }
    const place = isJsonObject(manifest) && isJsonObject(manifest['file']) ? manifest['file'] : {};
    readManifest(key, resolved, readText(place, 'source_location'), { components, dependencies });
  }
  const detector = isJsonObject(snapshot['detector']) ? snapshot['detector'] : {};
  const [name, version] = [readText(detector, 'name'), readText(detector, 'version')];
  return {
    metadata: {
      timestamp: readText(snapshot, 'scanned'),
      tools: name === '' ? [] : [{ name, version }],
      component: { type: 'application', 'bom-ref': '', name: readText(snapshot, 'ref') },
    },
    components,
    dependencies,
  };
}

interface Lists {
  readonly components: JsonObject[];
  readonly dependencies: JsonObject[];
}

function readManifest(
  manifest: string,
  resolved: JsonObject,
  location: string,
  { components, dependencies }: Lists,
): void {
  const byPurl = new Map<string, string>();
  for (const [name, entry] of Object.entries(resolved))
    if (isJsonObject(entry)) byPurl.set(readText(entry, 'package_url'), name);
  const toRef = (name: string): string => `${manifest} ${name}`;
  for (const [name, entry] of Object.entries(resolved)) {
    if (!isJsonObject(entry)) {
      components.push({ type: 'library', name });
      continue;
    }
    const component: Members = { type: 'library', 'bom-ref': toRef(name), name };
    const purl = readText(entry, 'package_url');
    if (purl !== '') component['purl'] = purl;
    if (entry['scope'] === 'development') component['scope'] = 'excluded';
    if (location !== '') component['evidence'] = { occurrences: [{ location }] };
    components.push(component);
    const needed = entry['dependencies'];
    if (!Array.isArray(needed)) continue;
    // GitHub names what is needed by its name in the manifest, and some tools by its purl.
    const dependsOn = needed
      .filter((one) => typeof one === 'string')
      .map((one) => toRef(Object.hasOwn(resolved, one) ? one : (byPurl.get(one) ?? one)));
    dependencies.push({ ref: toRef(name), dependsOn });
  }
}
