// How graphql-codegen makes the documents and their types: from the committed schema, without a server.
export default {
  schema: '../../schema.graphql',
  documents: ['operations.graphql'],
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        // A scalar that is not named here stops the generation.
        strictScalars: true,
        scalars: { ID: 'string', Date: 'string', DateTime: 'string' },
        useTypeImports: true,
      },
    },
  },
};
