declare module 'postject' {
  /** Puts a resource into the binary at `path`, in place, and sets its fuse. */
  export function inject(
    path: string,
    name: string,
    resource: Uint8Array,
    options: { readonly sentinelFuse: string },
  ): Promise<void>;
}
