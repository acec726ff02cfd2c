import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { takeDirectory } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import {
  type BuildScript,
  findOutside,
  type ScriptDependency,
  type ScriptRepository,
} from '../gradle/build-script.ts';
import { isExact } from '../gradle/catalogue.ts';
import { createCounter, hideComments } from '../gradle/script-text.ts';

/** Scripts of a build; those below `project` are of the build itself. */
export const isSbtScript = wantFiles({ endings: ['.sbt'] });

/** `"group" %% "name" % "version" % Test`; `%%` adds the version of Scala to the name. */
const MODULE =
  /"([A-Za-z0-9_.-]{1,200})"\s{0,8}(%{1,3})\s{0,8}"([A-Za-z0-9_.-]{1,200})"\s{0,8}%\s{0,8}(?:"([^"\n]{1,100})"|([A-Za-z_]\w{0,80}))(?:\s{0,8}%\s{0,8}(?:"([^"\n]{1,60})"|([A-Z]\w{0,40})))?/g;
const VALUE = /\b(?:val|lazy val)\s{1,8}([A-Za-z_]\w{0,80})\s{0,8}=\s{0,8}"([^"\n]{1,100})"/g;
const SCALA = /\bscalaVersion\s{0,8}:=\s{0,8}"(\d+)\.(\d+)[^"]{0,40}"/;
const RESOLVER = /"[^"\n]{1,200}"\s{1,8}at\s{1,8}"([a-z]+:\/\/[^"\s]{1,500})"/g;

/** What is certain of a build.sbt, which is a program. */
export function readSbtScript(path: string, bytes: Uint8Array): Result<BuildScript> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = hideComments(decoded.value);
  const findLine = createCounter(text);
  const values = new Map(
    [...text.matchAll(VALUE)].map(([, name = '', value = '']) => [name, value]),
  );
  const scala = SCALA.exec(text);
  const suffix = scala === null ? null : scala[1] === '3' ? '_3' : `_${scala[1]}.${scala[2]}`;
  const isOfBuild = /(?:^|\/)project$/.test(takeDirectory(path));
  const dependencies = [...text.matchAll(MODULE)].map((match): ScriptDependency => {
    const [, group = '', sign, name = '', written, named, quoted, scope] = match;
    const requested = written ?? values.get(named ?? '') ?? null;
    const configuration = quoted ?? scope ?? 'Compile';
    // Of `%%%`, and without the version of Scala, the whole name is not known.
    const isKnown = sign === '%' || (sign === '%%' && suffix !== null);
    return {
      configuration,
      group,
      artifact: sign === '%%' ? `${name}${suffix ?? ''}` : name,
      version: isKnown && requested !== null && isExact(requested) ? requested : null,
      requested,
      development: isOfBuild || /^(?:test|it)\b/i.test(configuration),
      line: findLine(match.index),
    };
  });
  const repositories = [...text.matchAll(RESOLVER)].map(
    ({ 1: value = '', index }): ScriptRepository => ({
      value,
      isAddress: true,
      line: findLine(index),
    }),
  );
  const requires = !isOfBuild && /\blibraryDependencies\b|\bdependsOn\b/.test(text);
  const none = { uses: [], configuresOthers: false, outside: findOutside(path, text) };
  return ok({ path, dependencies, ...none, requires, repositories });
}
