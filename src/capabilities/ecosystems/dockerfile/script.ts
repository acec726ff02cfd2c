import type { ManifestReading } from '../manifest.ts';
import { findInstalls } from './apt.ts';
import { addPackage, type DockerfileState } from './dockerfile.ts';
import { RunText } from './downloads.ts';
import { collectSettings, findOtherIndexes } from './index-settings.ts';

/** The script of a step of a pipeline. */
export interface PipelineScript {
  readonly file: string;
  readonly text: string;
  /** Of its first line in the file. */
  readonly line: number;
}

/**
 * What the commands of a script install or fetch, as those of RUN do. What the server puts in place
 * of an expression is unknown.
 */
export function readScript({ file, text, line }: PipelineScript): ManifestReading {
  const script = text.replace(EXPRESSION, '$EXPRESSION');
  const reading: DockerfileState = {
    ...{ file, source: '', dependencies: [], notLookedAt: [] },
    ...{ stages: new Set(), stageCount: 0, globals: new Map(), values: new Map() },
    otherIndexes: findOtherIndexes(script),
    lineStarts: [],
  };
  collectSettings(reading.values, script);
  const run = new RunText(script, { asksServices: true });
  let [at, lines] = [0, 0];
  for (const found of findInstalls(script, 0, run).toSorted((one, other) => one.at - other.at)) {
    for (; at < found.at; at++) if (script[at] === '\n') lines++;
    addPackage(reading, found, line + lines, null);
  }
  return { dependencies: reading.dependencies, notLookedAt: reading.notLookedAt };
}

/** Of GitHub, Azure (`${{ … }}`) and GitLab (`$[[ … ]]`). */
const EXPRESSION = /\$(?:\{\{[^{}\n]{0,500}\}\}|\[\[[^[\]\n]{0,500}\]\])/g;
