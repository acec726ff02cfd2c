import { BOOL, type CelType, makeNullable, makeObjectType, STRING, TIMESTAMP } from './cel/type.ts';

/** Which job on which machine made an image, and when. */
export const RUNNER_FACT: CelType = makeObjectType('runner', {
  job: makeObjectType('runnerJob', {
    platform: STRING,
    builder: STRING,
    repository: STRING,
    commit: STRING,
    invocation: STRING,
    hosted: BOOL,
  }),
  machine: makeObjectType('runnerMachine', {
    cloud: STRING,
    id: STRING,
    subscription: STRING,
    allowed: BOOL,
  }),
  time: makeObjectType('runnerTime', { earliest: TIMESTAMP, latest: TIMESTAMP }),
});

/** What a second build gave. */
export const REBUILD_FACT: CelType = makeObjectType('rebuild', {
  commit: STRING,
  reproduced: BOOL,
  sameContent: BOOL,
  difference: makeNullable(STRING),
  at: TIMESTAMP,
});
