import { join } from 'node:path';
import {
  PLUGIN_CONTRACT,
  type PluginCommand,
  type PluginMetadata,
  readPluginMetadata,
  refusePlugin,
} from '../../capabilities/signing/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { checkProgram } from '../../system/processes/check-program.ts';
import { CHILD_ENVIRONMENT, pickEnvironment } from '../../system/processes/child-environment.ts';
import { runChild } from '../../system/processes/run-child.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The plugins that are installed: `FOLDER/NAME/notation-NAME` (plugin-extensibility.md). */
export interface PluginFolder {
  readonly folder: string;
  readonly env: Variables;
  /** The further variables that a plugin gets: those that the user names for it. */
  readonly variables: (plugin: string) => readonly string[];
}

export interface PluginCall {
  readonly command: PluginCommand;
  readonly request: JsonObject;
  readonly timeMs: number;
  readonly signal?: AbortSignal | undefined;
}

export const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function locatePlugin({ folder }: PluginFolder, name: string): string {
  return join(folder, name, `notation-${name}`);
}

/**
 * One command of a plugin: one process, JSON in, JSON out. It gets its variables and nothing of
 * ours, its time and its output are bounded, and it is run only from where nobody else can put it
 * (N51, A42).
 */
export function askPlugin(
  place: PluginFolder,
  name: string,
  { command, request, timeMs, signal }: PluginCall,
): Promise<Result<JsonObject>> {
  return attempt(async () => {
    const program = locatePlugin(place, name);
    const unsafe = await checkProgram(program, place.folder);
    // mutant plugin-from-an-unsafe-place by plugins: condition -> false
    if (unsafe !== null) throw unsafe;
    const end = await runChild({
      ...{ program, args: [command], env: buildEnvironment(place, name), timeMs, signal },
      input: Buffer.from(JSON.stringify({ contractVersion: PLUGIN_CONTRACT, ...request })),
      bytesMax: LIMITS.pluginBytesMax,
    });
    if (end.kind === 'slow') return orThrow(refusePlugin(name, `did not end ${command} in time`));
    if (end.kind === 'large') return orThrow(refusePlugin(name, `wrote too much for ${command}`));
    if (end.kind === 'failed')
      return orThrow(refusePlugin(name, `did not run: ${toOneLine(end.why)}`));
    // mutant plugin-that-failed by plugins: condition -> false
    if (end.code !== 0) return orThrow(refusePlugin(name, describeError(command, end.err)));
    const answer = parseJson(end.out, { bytesMax: LIMITS.pluginBytesMax });
    if (answer.ok && isJsonObject(answer.value)) return answer.value;
    return orThrow(refusePlugin(name, `gave no JSON for ${command}`));
  });
}

/** What the plugin is; a plugin that is not the one of its file name is refused. */
export async function readMetadata(
  place: PluginFolder,
  name: string,
  { config, ...call }: Omit<PluginCall, 'command' | 'request'> & { readonly config?: JsonObject },
): Promise<Result<PluginMetadata>> {
  const request = config === undefined ? {} : { pluginConfig: config };
  const answer = await askPlugin(place, name, { command: 'get-plugin-metadata', request, ...call });
  return answer.ok ? readPluginMetadata(answer.value, name) : answer;
}

function buildEnvironment({ env, variables }: PluginFolder, name: string) {
  // What is ours stays ours, whatever is configured.
  // mutant plugin-gets-our-secrets by plugins: remove call
  const more = variables(name).filter((one) => !one.toUpperCase().startsWith('WAYBILL_'));
  return pickEnvironment(env, [...CHILD_ENVIRONMENT, ...more]);
}

/** `{"errorCode","errorMessage"}` on stderr (plugin-extensibility.md, "Plugin contract"). */
function describeError(command: PluginCommand, err: Uint8Array): string {
  const read = parseJson(err, { bytesMax: LIMITS.pluginBytesMax });
  const said = read.ok && isJsonObject(read.value) ? read.value : {};
  const show = (value: JsonValue | undefined): string =>
    typeof value === 'string' ? toOneLine(value).slice(0, 300) : '';
  const parts = [show(getOwn(said, 'errorCode')), show(getOwn(said, 'errorMessage'))];
  const words = parts.filter((part) => part !== '').join(': ');
  return words === '' ? `failed at ${command}` : `refused ${command}: ${words}`;
}
