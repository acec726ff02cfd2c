import { DatabaseSync } from 'node:sqlite';

/** Every advisory of an index with its packages and names, without the numbers of its rows. */
export function listIndexRows(path: string): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `SELECT a.id, a.ecosystem, a.modified, a.withdrawn, a.head,
         (SELECT json_group_array(json_array(name, body) ORDER BY name, body)
          FROM affected WHERE advisory = a.number) AS affected,
         (SELECT json_group_array(id ORDER BY id) FROM alias WHERE advisory = a.number) AS names
       FROM advisory a ORDER BY a.id, a.ecosystem`,
    )
    .all();
  database.close();
  return rows.map((row) => ({ ...row }));
}
