import { packDatabase } from './pack-sqlite.ts';

/** The tables of nix/src/libstore/schema.sql that say which path refers to which. */
const SCHEMA = `
create table if not exists ValidPaths (
  id integer primary key autoincrement not null, path text unique not null, hash text not null,
  registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text,
  ca text
);
create table if not exists Refs (
  referrer integer not null, reference integer not null, primary key (referrer, reference),
  foreign key (referrer) references ValidPaths(id) on delete cascade,
  foreign key (reference) references ValidPaths(id) on delete restrict
);
`;

/** The database of a store: each path with those that it refers to. */
export function packNixDatabase(references: Readonly<Record<string, readonly string[]>>): Buffer {
  return packDatabase((database) => {
    database.exec(SCHEMA);
    const add = database.prepare(
      'insert into ValidPaths (path, hash, registrationTime) values (?, ?, 1) returning id',
    );
    const ids = new Map<string, number>();
    // Numbers of rows have gaps once something was collected.
    database.exec("insert into ValidPaths values (41, '/nix/store/gone', 'x', 1, 0, 0, 0, '', '')");
    for (const name of Object.keys(references))
      ids.set(name, Number(add.get(`/nix/store/${name}`, 'sha256:00')?.['id']));
    const refer = database.prepare('insert into Refs values (?, ?)');
    for (const [name, needed] of Object.entries(references))
      for (const to of needed) refer.run(ids.get(name) ?? 0, ids.get(to) ?? 0);
  });
}
