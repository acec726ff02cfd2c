import satisfies from 'spdx-satisfies';

/** Whether an SPDX expression can be met with the allowed licences; unknown for what is no such expression. */
export function licenceVerdict(expression: string, allow: readonly string[]): 'allowed' | 'refused' | 'unknown' {
  try {
    return satisfies(expression, [...allow]) ? 'allowed' : 'refused';
  } catch {
    return 'unknown';
  }
}
