export { checkOut } from './check-out.ts';
export { type BuildRun, runBuild } from './run-build.ts';
