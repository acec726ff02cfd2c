import { packDatabase } from './pack-sqlite.ts';

/** The tables of winget's own index (schema 1.7) that say what is installed. */
const SCHEMA = `
CREATE TABLE [metadata]([name] TEXT PRIMARY KEY NOT NULL, [value] TEXT NOT NULL);
CREATE TABLE [ids](rowid INTEGER PRIMARY KEY, [id] TEXT NOT NULL);
CREATE TABLE [names](rowid INTEGER PRIMARY KEY, [name] TEXT NOT NULL);
CREATE TABLE [versions](rowid INTEGER PRIMARY KEY, [version] TEXT NOT NULL);
CREATE TABLE [manifest](rowid INTEGER PRIMARY KEY, [id] INT64 NOT NULL, [name] INT64 NOT NULL,
  [moniker] INT64 NOT NULL, [version] INT64 NOT NULL, [channel] INT64 NOT NULL,
  [pathpart] INT64 NOT NULL, hash BLOB, arp_min_version INT64, arp_max_version INT64);
CREATE TABLE [tags_map]([manifest] INT64 NOT NULL, [tag] INT64 NOT NULL,
  PRIMARY KEY([tag], [manifest])) WITHOUT ROWID;
`;

/** installed.db of winget with these programs, each as id and version. */
export function packWingetDatabase(programs: readonly (readonly [string, string])[]): Buffer {
  return packDatabase((database) => {
    database.exec(SCHEMA);
    const [ids, versions, manifest] = [
      database.prepare('insert into ids values (?, ?)'),
      database.prepare('insert into versions values (?, ?)'),
      database.prepare('insert into manifest values (?, ?, 1, 1, ?, 1, 1, null, null, null)'),
    ];
    for (const [at, [id, version]] of programs.entries()) {
      ids.run(10 + at, id);
      versions.run(20 + at, version);
      manifest.run(30 + at, 10 + at, 20 + at);
    }
  });
}
