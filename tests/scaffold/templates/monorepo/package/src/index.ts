export const name = "${{ values.package.name }}";
