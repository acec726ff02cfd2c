import type { Benchmark } from './benchmark.ts';
import { installPackage } from './installed-package.ts';

export const benchmark: Benchmark = {
  kind: 'race',
  name: 'waybill --version, against node -e 0',
  rounds: 20,
  async prepare() {
    const { program, clean } = await installPackage();
    return {
      ours: { program: process.execPath, args: [program, '--version'] },
      peer: { program: process.execPath, args: ['-e', '0'] },
      clean,
    };
  },
  target: { ratioMax: 3, oursMedianMsMax: 150 },
};
