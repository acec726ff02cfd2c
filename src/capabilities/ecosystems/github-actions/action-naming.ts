import { type AdvisoryNaming, createNotCovered } from '../package-address.ts';
import { actionScheme } from './moving-version.ts';

const OSV = 'GitHub Actions';

/** OSV names an action by its repository, whose name GitHub reads without case. */
export const actionNaming: AdvisoryNaming = {
  osv: OSV,
  scheme: actionScheme,
  foldName: (name) => name.toLowerCase(),
  locate({ version }, { type, namespace, name }) {
    if (namespace === null) return createNotCovered('it names no owner');
    const address = {
      ecosystems: [OSV],
      name: `${namespace}/${name}`.toLowerCase(),
      version,
      scheme: actionScheme,
    };
    const doubt =
      type === 'githubactions'
        ? null
        : 'it may be no action: advisories of GitHub Actions name nothing else';
    return { kind: 'address', address, doubt };
  },
};
