package import AnimeGAN
import Crypto

/// The published models.
package enum Catalogue {
    /// The model that comes with Sakuga and is the default.
    package static let defaultModel = "painted"

    /// A model that can be downloaded.
    package struct Entry: Sendable, Equatable {
        /// Its name once it is installed.
        package let name: String
        /// The title in a list of styles.
        package let title: Bilingual
        /// One sentence about its look.
        package let description: Bilingual
        /// The address of the file.
        package let url: String
        /// The git blob id of the file: SHA-1 over `blob SIZE\0` and its bytes.
        package let gitBlobID: String
        /// How its two resizes place samples.
        package let convention: BilinearConvention
        /// An SPDX identifier.
        package let licence: String
        /// The size of the pictures that it was trained on, in pixels; nil if unknown.
        package let trainedSize: Int?

        /// Creates an entry.
        package init(
            name: String, title: Bilingual, description: Bilingual, url: String, gitBlobID: String,
            convention: BilinearConvention, licence: String, trainedSize: Int?
        ) {
            self.name = name
            self.title = title
            self.description = description
            self.url = url
            self.gitBlobID = gitBlobID
            self.convention = convention
            self.licence = licence
            self.trainedSize = trainedSize
        }
    }

    /// The entry called `name`.
    package static func entry(_ name: String) -> Entry? { official.first { $0.name == name } }

    /// The four checkpoints of bryandlee/animegan2-pytorch (MIT), whose torch.hub entry runs them with `align_corners` true.
    package static let official = [
        entry(
            "celeba_distill", "3b7ea61b02254980831cc3bc77af30666dbc999c", trainedSize: nil,
            title: Bilingual(en: "Celeba Distill", zh: "名人蒸馏"),
            description: Bilingual(
                en: "Faces with soft colours, distilled on celebrity portraits.", zh: "柔和色彩的人像风格，由名人肖像蒸馏而成。")),
        entry(
            "face_paint_512_v1", "19c1a1da4d9580186109a2b055d91044e5127de6", trainedSize: 512,
            title: Bilingual(en: "Face Paint v1", zh: "人像彩绘 v1"),
            description: Bilingual(
                en: "Portraits at 512 pixels, painted boldly.", zh: "512 像素人像，笔触大胆。")),
        entry(
            "face_paint_512_v2", "d75102f8f201ddaf8dbe6b913b1a97585b55f838", trainedSize: 512,
            title: Bilingual(en: "Face Paint v2", zh: "人像彩绘 v2"),
            description: Bilingual(
                en: "Portraits at 512 pixels, closer to the photo and steadier than v1.", zh: "512 像素人像，比 v1 更稳定、更贴近原照片。")),
        entry(
            "paprika", "58086c9db9fc7a9e5c2876ca31b8079599352643", trainedSize: nil,
            title: Bilingual(en: "Paprika", zh: "红辣椒"),
            description: Bilingual(
                en: "Landscapes and streets in the vivid look of the film Paprika.", zh: "电影《红辣椒》般浓郁的风景与街景。")),
    ]

    private static func entry(
        _ name: String, _ gitBlobID: String, trainedSize: Int?, title: Bilingual, description: Bilingual
    ) -> Entry {
        Entry(
            name: name, title: title, description: description,
            url: "https://github.com/bryandlee/animegan2-pytorch/raw/main/weights/\(name).pt", gitBlobID: gitBlobID,
            convention: .alignCorners, licence: "MIT", trainedSize: trainedSize)
    }
}

/// The digests that verify models, in lower-case hexadecimal.
package enum Digests {
    /// SHA-256 of `bytes`.
    package static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// The git blob id of `bytes`. Git uses SHA-1: it protects against damaged and wrong files. The restricted readers protect against
    /// malicious ones.
    package static func gitBlobID(_ bytes: [UInt8]) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(bytes.count)\0".utf8))
        hash.update(data: bytes)
        return hexadecimal(hash.finalize())
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
