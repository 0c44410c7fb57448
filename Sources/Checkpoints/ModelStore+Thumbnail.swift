extension ModelStore.InstalledModel {
    /// A little picture of what the model does: the JPEG `NAME.jpg` beside its weights. Nil where there is none, or none of at most
    /// 32 KiB. Blocks on the file.
    package func thumbnail() -> [UInt8]? {
        let file = path.dropLast(".safetensors".count) + ".jpg"
        guard let bytes = try? BoundedFile.read(String(file), limit: 32 << 10) else { return nil }
        return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? bytes : nil
    }
}
