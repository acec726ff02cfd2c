-- Every row is a breach of a rule by which the schema can be distributed with Citus (GS1-GS15).
-- It reads only the catalogue of a plain PostgreSQL.
with ref(t) as (values ('shard'), ('schema_version'), ('advisory'), ('advisory_alias'),
  ('advisory_upstream'), ('advisory_package')),
tab as (select c.oid, c.relname, exists (select 1 from ref where t=c.relname) isref, c.relkind,
        (select attnum from pg_attribute a where a.attrelid=c.oid and a.attname='shard' and not
    attisdropped) tcol
        from pg_class c where c.relnamespace='public'::regnamespace and c.relkind in ('r','p')
    and not c.relispartition
        and c.relname !~ '^kysely_|_[0-9]{6,}$')
select 'S1 shard column bigint not null, not generated' rule, relname, '' what from tab t
  where not isref and not exists (select 1 from pg_attribute a where a.attrelid=t.oid and
    a.attnum=t.tcol and a.atttypid='bigint'::regtype and a.attnotnull and a.attgenerated='')
union all
select 'S2 primary key exists and starts with shard', relname,
    coalesce(pg_get_constraintdef(k.oid),'none') from tab t left join pg_constraint k on
    k.conrelid=t.oid and k.contype='p'
  where not isref and (k.oid is null or k.conkey[1] is distinct from t.tcol)
union all
select 'S3 every unique index contains shard', relname, pg_get_indexdef(i.indexrelid) from tab t
    join pg_index i on i.indrelid=t.oid and i.indisunique
  where not isref and not (t.tcol = any(i.indkey::int2[]))
union all
select 'S4 every exclusion constraint contains shard with =', relname,
    pg_get_constraintdef(k.oid) from tab t join pg_constraint k on k.conrelid=t.oid and
    k.contype='x'
  where not isref and not exists (select 1 from unnest(k.conkey,k.conexclop) x(col,op) join
    pg_operator o on o.oid=x.op where x.col=t.tcol and o.oprname='=')
union all
select 'S5 foreign key between owned tables carries shard -> shard', t.relname,
    pg_get_constraintdef(k.oid) from tab t join pg_constraint k on k.conrelid=t.oid and
    k.contype='f' join tab p on p.oid=k.confrelid
  where not t.isref and not p.isref and not exists (select 1 from unnest(k.conkey,k.confkey)
    x(a,b) where a=t.tcol and b=p.tcol)
union all
select 'S6 reference table references only reference tables', t.relname,
    pg_get_constraintdef(k.oid) from tab t join pg_constraint k on k.conrelid=t.oid and
    k.contype='f' join tab p on p.oid=k.confrelid where t.isref and not p.isref
union all
select 'S7 no SET NULL/SET DEFAULT/ON UPDATE action on a key with shard', t.relname,
    pg_get_constraintdef(k.oid) from tab t join pg_constraint k on k.conrelid=t.oid and
    k.contype='f'
  where not t.isref and t.tcol = any(k.conkey) and (k.confdeltype in ('n','d') or k.confupdtype
    in ('c','n','d'))
union all
select 'S8 nothing deferrable', t.relname, pg_get_constraintdef(k.oid) from tab t join
    pg_constraint k on k.conrelid=t.oid where k.condeferrable
union all
select 'S9 no triggers', t.relname, g.tgname from tab t join pg_trigger g on g.tgrelid=t.oid and
    not g.tgisinternal
union all
select 'S10 no rules', t.relname, r.rulename from tab t join pg_rewrite r on r.ev_class=t.oid
union all
select 'S11 no inheritance', c.relname, '' from pg_inherits h join pg_class c on c.oid=h.inhrelid
    where c.relnamespace='public'::regnamespace and c.relkind='r' and not c.relispartition
union all
select 'S12 identity/serial columns are bigint', t.relname, a.attname from tab t join
    pg_attribute a on a.attrelid=t.oid and a.attnum>0 and not a.attisdropped
  where a.atttypid in ('int2'::regtype,'int4'::regtype) and (a.attidentity<>'' or exists (select
    1 from pg_attrdef d where d.adrelid=t.oid and d.adnum=a.attnum and
    pg_get_expr(d.adbin,d.adrelid) like 'nextval(%'))
union all
select 'S13 every index of an owned table leads with shard (house rule)', t.relname,
    pg_get_indexdef(i.indexrelid) from tab t join pg_index i on i.indrelid=t.oid where not isref
    and i.indkey[0] is distinct from t.tcol
union all
select 'S14 foreign key has an index leading with its columns', t.relname,
    pg_get_constraintdef(k.oid) from tab t join pg_constraint k on k.conrelid=t.oid and
    k.contype='f' where not t.isref and t.tcol = any(k.conkey)
  and not exists (select 1 from pg_index i where i.indrelid=t.oid and (select array_agg(x order
    by x) from unnest((i.indkey::int2[])[0:cardinality(k.conkey)-1]) x) = (select array_agg(x
    order by x) from unnest(k.conkey) x))
order by 1,2;
