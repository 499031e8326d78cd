// Which tsdocker this is.

/** The version of package.json, put in by the bundler. */
declare const TSDOCKER_VERSION: string | undefined;

export const ownVersion: string = typeof TSDOCKER_VERSION === 'string' ? TSDOCKER_VERSION : 'from sources';

/** Architectures as images name them (image-spec, "Platform Variants"). */
export const ownArchitecture: string = process.arch === 'x64' ? 'amd64' : process.arch;
