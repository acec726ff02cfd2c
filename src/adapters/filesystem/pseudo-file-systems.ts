import { statfsSync } from 'node:fs';

/**
 * Types of file systems that the kernel makes up (linux/magic.h): what is in them is the state of
 * the machine, and no file that anybody installed. tmpfs is not among them: it holds real files.
 */
const PSEUDO: ReadonlyMap<number, string> = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x1cd1, 'devpts'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0x73636673, 'securityfs'],
  [0xcafe4a11, 'bpf'],
  [0x19800202, 'mqueue'],
  [0x6165676c, 'pstore'],
  [0xde5e81e4, 'efivarfs'],
  [0x62656570, 'configfs'],
  [0xf97cff8c, 'selinuxfs'],
  [0x43415d53, 'smackfs'],
  [0x5a3c69f0, 'apparmorfs'],
  [0x42494e4d, 'binfmt_misc'],
  [0x65735543, 'fusectl'],
  [0x6e736673, 'nsfs'],
  [0x67596969, 'rpc_pipefs'],
  [0x7655821, 'resctrl'],
]);

/** The name of the pseudo file system that a folder is in; null for every other one. */
export function findPseudoFileSystem(folder: string): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return PSEUDO.get(statfsSync(folder).type) ?? null;
  } catch {
    // What cannot be asked is walked, and then named as unreadable.
    return null;
  }
}
