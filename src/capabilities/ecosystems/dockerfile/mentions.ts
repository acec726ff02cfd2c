import type { FileMentions, MentionReader } from '../ecosystem.ts';
import { takeBaseName } from '../extractor.ts';
import { readDockerfile } from './dockerfile.ts';
import { isDockerfile } from './dockerfile-format.ts';

/** The base images of the stages of a Dockerfile, with the defaults of its arguments. */
export const dockerfileMentions: MentionReader = {
  wants: (path) => isDockerfile(takeBaseName(path)),
  read: (path, text): FileMentions => {
    const declared = readDockerfile(path, new TextEncoder().encode(text));
    const images = (declared.ok ? declared.value.dependencies : []).flatMap(({ base, place }) =>
      base === null ? [] : [{ value: base, place: `${place.file}:${place.line}` }],
    );
    return { registries: [], images };
  },
};
