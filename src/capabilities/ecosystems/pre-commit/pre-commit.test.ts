import { expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { preCommitFormat, readPreCommit } from './pre-commit.ts';

const COMMIT = 'c'.repeat(40);
const CONFIG = `repos:
  - repo: https://github.com/o/hooks
    rev: v4.6.0
    hooks:
      - id: mypy
        additional_dependencies: [types-requests, attrs==24.2.0, "eslint@9.1.0", ./own]
  - repo: https://github.com/o/other
    rev: ${COMMIT} # frozen: v1
    hooks: [{ id: a }]
  - repo: local
    hooks: [{ id: b, language: docker_image, entry: "--entrypoint /x alpine:3 -c" }]
`;

it('D11 D20 B9: repositories and packages of hooks are declared', () => {
  expect(showDeclared(readPreCommit, CONFIG)).toEqual([
    '3 https://github.com/o/hooks v4.6.0 no',
    '6 types-requests - no',
    '6 attrs 24.2.0 yes',
    '6 eslint 9.1.0 yes',
    `8 https://github.com/o/other ${COMMIT} yes`,
    '11 docker.io/library/alpine 3 no',
  ]);
  cutShort(readPreCommit, CONFIG);
  expect(preCommitFormat.wants('.pre-commit-config.yaml')).toBe(true);
});
