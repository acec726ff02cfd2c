import type { TarItem } from '../../tools/image/tar.ts';
import { springBoot } from '../support/app-images.ts';
import { dotnetApplication, dotnetRuntime } from '../support/own-runtimes.ts';

/** A repository in the shape of a well-known one: only what tools read, in our own words. */
export interface TourRepository {
  /** The ecosystem that it stands for. */
  readonly name: string;
  /** Text of each file, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What its image has beside a Debian base, as its build would put it there. */
  readonly image: readonly TarItem[];
}

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
/** What NuGet restored on the machine, which the build left in the image. */
const DAPPER_PAPERS: readonly TarItem[] = [
  {
    path: 'srv/.nuget/packages/dapper/2.1.66/dapper.nuspec',
    content:
      '<package><metadata><id>Dapper</id><version>2.1.66</version>' +
      '<license type="expression">Apache-2.0</license></metadata></package>\n',
  },
];
const DIGEST = `sha256:${'5c'.repeat(32)}`;
const CHECKSUM = '5c'.repeat(32);

const NPM_LOCK = {
  name: 'web-framework',
  version: '5.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'web-framework', version: '5.0.0', dependencies: { 'body-parser': '2.2.0' } },
    'node_modules/body-parser': {
      version: '2.2.0',
      resolved: 'https://registry.example.com/body-parser/-/body-parser-2.2.0.tgz',
      integrity: INTEGRITY,
      license: 'MIT',
      dependencies: { bytes: '^3.1.2' },
    },
    'node_modules/bytes': {
      version: '3.1.2',
      resolved: 'https://registry.example.com/bytes/-/bytes-3.1.2.tgz',
      integrity: INTEGRITY,
      license: 'MIT',
    },
  },
};

/** As maven-lockfile writes it beside a pom, which has no lock of its own. */
const MAVEN_LOCK = {
  ...{ artifactId: 'clinic', groupId: 'org.example.clinic', version: '3.5.0' },
  lockFileVersion: 1,
  dependencies: [
    {
      ...{ groupId: 'org.webjars', artifactId: 'webjars-locator-lite', version: '1.1.0' },
      ...{ checksumAlgorithm: 'SHA-256', checksum: CHECKSUM, scope: 'compile' },
      resolved:
        'https://registry.example.com/maven2/org/webjars/webjars-locator-lite/1.1.0/webjars-locator-lite-1.1.0.jar',
      ...{ selectedVersion: '1.1.0', included: true },
      ...{ id: 'org.webjars:webjars-locator-lite:1.1.0', children: [] },
    },
  ],
};

/** One for each ecosystem, in the order of the table. */
export const REPOSITORIES: readonly TourRepository[] = [
  {
    name: 'npm (a web framework)',
    files: {
      'package.json': toJson({
        name: 'web-framework',
        version: '5.0.0',
        license: 'MIT',
        dependencies: { 'body-parser': '2.2.0' },
      }),
      'package-lock.json': toJson(NPM_LOCK),
      'lib/index.js': "module.exports = require('body-parser');\n",
      Dockerfile: `FROM node@${DIGEST}\nCOPY . /app\nCMD ["node", "/app/lib/index.js"]\n`,
    },
    image: [
      installed('body-parser', '2.2.0', { bytes: '^3.1.2' }),
      installed('bytes', '3.1.2', {}),
      {
        path: 'app/package.json',
        content: toJson({
          name: 'web-framework',
          version: '5.0.0',
          license: 'MIT',
          dependencies: { 'body-parser': '2.2.0' },
        }),
      },
      { path: 'app/package-lock.json', content: toJson(NPM_LOCK) },
    ],
  },
  {
    name: 'Maven (a pet clinic)',
    files: {
      'pom.xml':
        '<project xmlns="http://maven.apache.org/POM/4.0.0">\n' +
        '  <modelVersion>4.0.0</modelVersion>\n  <groupId>org.example.clinic</groupId>\n' +
        '  <artifactId>clinic</artifactId>\n  <version>3.5.0</version>\n  <dependencies>\n' +
        '    <dependency><groupId>org.webjars</groupId><artifactId>webjars-locator-lite</artifactId>' +
        '<version>1.1.0</version></dependency>\n  </dependencies>\n</project>\n',
      'lockfile.json': toJson(MAVEN_LOCK),
      'src/main/java/App.java': 'class App {}\n',
    },
    image: springBoot(),
  },
  {
    name: 'Go modules (a monitoring server)',
    files: {
      'go.mod': 'module example.com/monitor\n\ngo 1.26\n\nrequire golang.org/x/net v0.45.0\n',
      'go.sum': `golang.org/x/net v0.45.0 h1:${CHECKSUM.slice(0, 43)}=\n`,
      'main.go': 'package main\n\nfunc main() {}\n',
      Dockerfile: `FROM registry.example.com/distroless/static@${DIGEST}\nCOPY monitor /monitor\n`,
    },
    image: [{ path: 'etc/monitor/monitor.yml', content: 'global: {}\n' }],
  },
  {
    name: 'Python (a micro web framework)',
    files: {
      'pyproject.toml':
        '[project]\nname = "microweb"\nversion = "3.1.0"\ndependencies = ["werkzeug>=3.1"]\n',
      'uv.lock':
        'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n[[package]]\nname = "microweb"\n' +
        'version = "3.1.0"\nsource = { editable = "." }\ndependencies = [{ name = "werkzeug" }]\n\n' +
        '[package.metadata]\nrequires-dist = [{ name = "werkzeug", specifier = ">=3.1" }]\n\n' +
        '[[package]]\nname = "werkzeug"\nversion = "3.1.3"\n' +
        'source = { registry = "https://registry.example.com/simple" }\n' +
        `sdist = { url = "https://registry.example.com/werkzeug-3.1.3.tar.gz", hash = "sha256:${CHECKSUM}" }\n`,
      'src/microweb/__init__.py': 'VERSION = "3.1.0"\n',
    },
    image: [
      {
        path: 'usr/local/lib/python3.13/site-packages/werkzeug-3.1.3.dist-info/METADATA',
        content:
          'Metadata-Version: 2.4\nName: Werkzeug\nVersion: 3.1.3\nLicense-Expression: BSD-3-Clause\n',
      },
    ],
  },
  {
    name: 'Cargo (a search tool)',
    files: {
      'Cargo.toml':
        '[package]\nname = "search"\nversion = "15.0.0"\nedition = "2024"\n\n' +
        '[dependencies]\nmemchr = "2.7"\n',
      'Cargo.lock':
        'version = 4\n\n[[package]]\nname = "memchr"\nversion = "2.7.4"\n' +
        `source = "registry+https://registry.example.com/index"\nchecksum = "${CHECKSUM}"\n\n` +
        '[[package]]\nname = "search"\nversion = "15.0.0"\ndependencies = [\n "memchr",\n]\n',
      'src/main.rs': 'fn main() {}\n',
    },
    image: [{ path: 'usr/share/search/ignore', content: '.git\n' }],
  },
  {
    name: 'RubyGems (a blog engine)',
    files: {
      Gemfile: 'source "https://registry.example.com"\ngem "rack", "3.2.1"\n',
      'Gemfile.lock':
        'GEM\n  remote: https://registry.example.com/\n  specs:\n    rack (3.2.1)\n\nPLATFORMS\n  ruby\n\n' +
        'DEPENDENCIES\n  rack (= 3.2.1)\n\nBUNDLED WITH\n   2.7.1\n',
      'config.ru': 'run ->(env) { [200, {}, []] }\n',
    },
    image: [
      {
        path: 'usr/local/bundle/specifications/rack-3.2.1.gemspec',
        content:
          'Gem::Specification.new do |s|\n  s.name = "rack"\n  s.version = "3.2.1"\n' +
          '  s.licenses = ["MIT".freeze]\nend\n',
      },
    ],
  },
  {
    name: 'Composer (a web application skeleton)',
    files: {
      'composer.json': toJson({ name: 'example/app', require: { 'psr/log': '3.0.2' } }),
      'composer.lock': toJson({
        'content-hash': CHECKSUM.slice(0, 32),
        packages: [{ name: 'psr/log', version: '3.0.2', license: ['MIT'] }],
        'packages-dev': [],
      }),
      'public/index.php': '<?php echo 1;\n',
    },
    image: [
      {
        path: 'app/vendor/composer/installed.json',
        content: toJson({
          packages: [{ name: 'psr/log', version: '3.0.2', license: ['MIT'] }],
          dev: false,
        }),
      },
    ],
  },
  {
    name: 'NuGet (a shop of services)',
    files: {
      'src/Shop/Shop.csproj':
        '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup>' +
        '<PackageReference Include="Dapper" Version="2.1.66" /></ItemGroup></Project>\n',
      'src/Shop/packages.lock.json': toJson({
        version: 2,
        dependencies: {
          'net10.0': {
            Dapper: {
              type: 'Direct',
              requested: '[2.1.66, )',
              resolved: '2.1.66',
              contentHash: INTEGRITY.slice('sha512-'.length),
            },
          },
        },
      }),
    },
    image: [...dotnetRuntime('10.0.0'), ...dotnetApplication('Dapper', '2.1.66'), ...DAPPER_PAPERS],
  },
  {
    name: 'pnpm workspace (a component library)',
    files: {
      'package.json': toJson({
        name: 'components',
        private: true,
        devDependencies: { clsx: '2.1.1' },
      }),
      'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
      'pnpm-lock.yaml':
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    devDependencies:\n      clsx:\n" +
        '        specifier: 2.1.1\n        version: 2.1.1\n\npackages:\n\n  clsx@2.1.1:\n' +
        `    resolution: {integrity: ${INTEGRITY}}\n    engines: {node: '>=6'}\n\n` +
        'snapshots:\n\n  clsx@2.1.1: {}\n',
    },
    image: [{ path: 'usr/share/nginx/html/index.html', content: '<!doctype html>\n' }],
  },
  {
    name: 'Helm chart and workflows (an operations repository)',
    files: {
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/values.yaml': `image: registry.example.com/shop/web@${DIGEST}\n`,
      '.github/workflows/ci.yml':
        'on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n' +
        `      - uses: actions/checkout@${'a'.repeat(40)}\n`,
    },
    image: [{ path: 'opt/tools/run.sh', content: '#!/bin/sh\n' }],
  },
];

function installed(
  name: string,
  version: string,
  dependencies: Readonly<Record<string, string>>,
): TarItem {
  return {
    path: `app/node_modules/${name}/package.json`,
    content: toJson({ name, version, license: 'MIT', dependencies }),
  };
}
