export { openFileTree } from './file-tree.ts';
