/** The part of azure-pipelines-task-lib that the task uses; the library is installed beside it. */
declare module 'azure-pipelines-task-lib/task.js' {
  export enum TaskResult {
    Succeeded = 0,
    Failed = 2,
  }
  export enum IssueType {
    Error = 0,
    Warning = 1,
  }
  export function getInput(name: string, required?: boolean): string | undefined;
  export function getVariable(name: string): string | undefined;
  export function getEndpointAuthorization(
    id: string,
    optional: boolean,
  ): { readonly parameters: Readonly<Record<string, string>> } | undefined;
  export function setVariable(
    name: string,
    value: string,
    secret?: boolean,
    isOutput?: boolean,
  ): void;
  export function setResult(result: TaskResult, message: string, done?: boolean): void;
  export function logIssue(
    type: IssueType,
    message: string,
    sourcePath?: string,
    lineNumber?: number,
  ): void;
  export function uploadSummary(path: string): void;
}
