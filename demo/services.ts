import { createHash } from 'node:crypto';
import { packZip } from '../test/support/pack-zip.ts';

/**
 * The files of the shop's repository: three small services, a base, and who may sign. They name
 * real packages, but contain none of their code.
 */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const COMPONENTS = 'https://registry.example.com/npm';
export const BASE_DIGEST = `sha256:${createHash('sha256').update('the base image of the demo').digest('hex')}`;
const BASE = `registry.example.com/base/debian:12@${BASE_DIGEST}`;

/** What an npm lock file says about a package. */
interface Package {
  readonly version: string;
  readonly integrity: string;
  readonly license: string;
}

const MS: Package = {
  version: '2.1.3',
  integrity:
    'sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==',
  license: 'MIT',
};
const PICOCOLORS: Package = {
  version: '1.1.1',
  integrity:
    'sha512-xceH2snhtb5M9liqDsmEw56le376mTZkEX/jEb/RxNFyegNul7eNslCXP9FDj/Lcu0X8KEyMceP2ntpaHrDEVA==',
  license: 'ISC',
};
const MINIMIST: Package = {
  version: '1.2.5',
  integrity:
    'sha512-FM9nNUYrRBAELZQT3xeZQ7fmMOBg6nWNmJKTcgsJeaLstP/UODVpGsr5OhXhhXg6f+qtJ8uiZ+PUxkDWcgIXLw==',
  license: 'MIT',
};
const MINIMIST_FIXED: Package = {
  version: '1.2.6',
  integrity:
    'sha512-Jsjnk4bw3YJqYzbdyBiNsPWHPfO++UGG749Cxs6peCu5Xg4nrena6OVxOYxrQTqww0Jmwt+Ref8rggumkTLz9Q==',
  license: 'MIT',
};

/** The repository at the start: trips still uses the log4j for Java 7. */
export const SHOP: Files = {
  'README.md': '# shop\n\nThree services: trips, poi, userprofile.\n',
  'base/packages.txt': 'tzdata 2024a-0+deb12u1 CC0-1.0\nzlib1g 1:1.2.13.dfsg-1 Zlib\n',
  'base/packages-print.txt':
    'tzdata 2024a-0+deb12u1 CC0-1.0\nzlib1g 1:1.2.13.dfsg-1 Zlib\nghostscript ' +
    '10.0.0~dfsg-11+deb12u4 AGPL-3+\n',
  'trips/Dockerfile': `FROM ${BASE}\nCOPY lib /app/lib\nCOPY src /app/src\n`,
  'trips/src/Trips.java': 'class Trips {}\n',
  ...log4j('2.12.3'),
  ...node('poi', { ms: MS }),
  ...node('userprofile', { picocolors: PICOCOLORS }),
};

/** trips 1.4 leaves Java 7 and uses a newer log4j. */
export const TRIPS_1_4: Files = log4j('2.14.1');
export const TRIPS_1_3_JAR = 'trips/lib/log4j-core-2.12.3.jar';

/** What a developer adds to poi: a package with a critical vulnerability, then one without. */
export const POI_VULNERABLE: Files = node('poi', { ms: MS, minimist: MINIMIST });
export const POI_FIXED: Files = node('poi', { ms: MS, minimist: MINIMIST_FIXED });

/** A base whose tag may name another image on another day. */
export const POI_UNPINNED: Files = {
  'poi/Dockerfile': nodeDockerfile('registry.example.com/base/debian:12'),
};
export const POI_PINNED: Files = { 'poi/Dockerfile': nodeDockerfile(BASE) };

/** A lock that was written with somebody else's registry. */
export const POI_FROM_OUTSIDE: Files = Object.fromEntries(
  Object.entries(node('poi', { ms: MS })).map(([path, content]) => [
    path,
    String(content).replace(`${COMPONENTS}/ms/`, 'https://packages.example.net/npm/ms/'),
  ]),
);

function log4j(version: string): Files {
  const coordinates = `groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=${version}\n`;
  const jar = packZip([
    { name: 'META-INF/MANIFEST.MF', text: 'Manifest-Version: 1.0\n' },
    {
      name: 'META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties',
      text: coordinates,
    },
  ]);
  return { [`trips/lib/log4j-core-${version}.jar`]: jar };
}

function node(service: string, packages: Readonly<Record<string, Package>>): Files {
  const dependencies = Object.fromEntries(
    Object.entries(packages).map(([name, { version }]) => [name, version]),
  );
  const manifest = { name: service, version: '1.0.0', private: true, license: 'MIT', dependencies };
  const installed = Object.entries(packages).map(([name, { version, integrity, license }]) => [
    `node_modules/${name}`,
    { version, resolved: `${COMPONENTS}/${name}/-/${name}-${version}.tgz`, integrity, license },
  ]);
  const { private: _, ...own } = manifest;
  const lock = {
    name: service,
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': own, ...Object.fromEntries(installed) },
  };
  return {
    [`${service}/.npmrc`]: `registry=${COMPONENTS}/\n`,
    [`${service}/package.json`]: `${JSON.stringify(manifest, null, 2)}\n`,
    [`${service}/package-lock.json`]: `${JSON.stringify(lock, null, 2)}\n`,
    [`${service}/index.js`]: `console.log('${service}');\n`,
    [`${service}/Dockerfile`]: nodeDockerfile(BASE),
  };
}

function nodeDockerfile(base: string): string {
  return `FROM ${base}\nCOPY . /app\n`;
}
