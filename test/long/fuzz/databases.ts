import { packNixDatabase } from '../../support/nix-database.ts';
import { packWingetDatabase } from '../../support/winget-database.ts';
import type { Input } from './extractors.ts';
import type { ParserName } from './parsers.ts';
import type { Row } from './target.ts';

const STORED = '0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.13';
const CONDA_LOCKS = [
  'version: 1\npackage:\n  - name: a\n    version: 1.0\n    manager: pip\n    dependencies: {b: "1"}\n',
  'packages:\n- conda: https://c.example/forge/noarch/a-1-0.conda\n  depends: [b]\n',
];

/** What the readers of what is installed, and of conda, are given, by the name of the reader. */
export const DATABASE_INPUTS: Readonly<Record<string, Input>> = {
  'winget-installed': {
    path: 'Microsoft.DesktopAppInstaller_8wekyb3d8bbwe/LocalState/x/installed.db',
    form: 'bytes',
    samples: [packWingetDatabase([['A.B', '1.0']])],
  },
  'nix-database': {
    path: 'nix/var/nix/db/db.sqlite',
    form: 'bytes',
    samples: [packNixDatabase({ [STORED]: [STORED], [`${STORED}-bin`]: [STORED] })],
  },
  'conda-meta': {
    path: 'opt/conda/conda-meta/a-1.json',
    form: 'json',
    samples: [{ name: 'a', version: '1', depends: ['b >=1'], files: ['lib/a.so'] }],
  },
  'conda-lock': { path: 'conda-lock.yml', form: 'text', samples: CONDA_LOCKS },
  'conda-environment': {
    path: 'environment.yml',
    form: 'text',
    samples: ['channels: [c]\ndependencies:\n  - c::a=1=b\n  - pip:\n      - b>=1\n'],
  },
};

export const DATABASE_READS: readonly (readonly [string, ParserName])[] = [
  ['extractor rpm', 'formats/sqlite/read-table.ts readSqliteTable'],
  ['extractor nix-database', 'formats/sqlite/read-table.ts readSqliteRows'],
  [
    'extractor conda-environment',
    'capabilities/ecosystems/conda/conda-environment.ts readCondaEnvironment',
  ],
  ['extractor conda-lock', 'capabilities/ecosystems/conda/conda-locks.ts readCondaLockFile'],
];

export const DATABASE_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/ecosystems/conda/conda-declarations.ts readCondarc',
    takes: 'bytes',
    form: 'text',
    samples: ['channel_alias: https://c.example.com\nchannels: [defaults, x]\n'],
    args: ['.condarc', '$'],
  },
];
