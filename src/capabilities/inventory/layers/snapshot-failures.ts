import { Failure } from '../../../core/failure.ts';

export function createLoopFailure(folder: string): Failure {
  return new Failure(
    'UNSAFE_PATH',
    `${folder}: its links loop or leave the root`,
    'Repair the links, then build again.',
  );
}

export function tooManySteps(max: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `over ${max} steps through links`,
    'Shorten the chains of links.',
  );
}

export function tooManyNodes(max: number): Failure {
  return new Failure('LIMIT_EXCEEDED', `over ${max} links and package files`, 'Split the image.');
}
