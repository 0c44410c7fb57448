extension ModelStore.InstalledModel {
    /// What the model made of Sakuga's own little photo when it was released: the file `NAME.golden` beside its weights. Nil where there is
    /// none, or none of at most 32 KiB. Blocks on the file.
    package func golden() -> [UInt8]? {
        try? BoundedFile.read(goldenPath, limit: 32 << 10)
    }

    /// Writes that file. Blocks.
    package func keepGolden(_ bytes: [UInt8]) throws(ModelStoreError) {
        try AtomicFile.write(bytes, to: goldenPath)
    }

    private var goldenPath: String { path.dropLast(".safetensors".count) + ".golden" }
}
