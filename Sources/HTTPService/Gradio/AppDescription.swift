import Serving

/// The description of the app that Gradio's clients request first: its components and how to call it. It is the AnimeGANv2 app, with a photo
/// and a version as inputs and a picture as output.
struct AppDescription {
    /// The version of Gradio whose protocol this is. Clients choose their protocol by it.
    static let version = "6.31.0"

    var styles: [StyleDescription]
    var bodyLimit: Int

    /// `/config`.
    func config(origin: String) -> JSONValue {
        [
            "version": .string(Self.version), "protocol": "sse_v3", "api_prefix": .string(GradioRoutes.prefix),
            "root": .string(origin), "title": "Sakuga", "connect_heartbeat": false,
            // A form is slightly larger than its file.
            "max_file_size": .integer(max(1, bodyLimit - 4_096)),
            "components": [
                ["id": 0, "type": "image", "props": ["label": "img", "name": "image"]],
                [
                    "id": 1, "type": "radio",
                    "props": [
                        "label": "version", "name": "radio", "value": .string(VersionChoice.robust),
                        "choices": .array(choices.map { [.string($0), .string($0)] }),
                    ],
                ],
                ["id": 2, "type": "image", "props": ["label": "output", "name": "image"]],
            ],
            "dependencies": [
                [
                    "id": 0, "inputs": [0, 1], "outputs": [2], "api_name": "predict", "backend_fn": true, "queue": true,
                    "targets": [], "js": .null, "cancels": [], "types": ["generator": false, "cancel": false],
                    "api_visibility": "public", "show_api": true,
                ]
            ],
        ]
    }

    /// `/info`.
    var info: JSONValue {
        [
            "named_endpoints": ["/predict": ["parameters": [photo, radio], "returns": [picture], "show_api": true]],
            "unnamed_endpoints": [:],
        ]
    }

    private var choices: [String] { VersionChoice.choices(among: styles) }

    private var photo: JSONValue {
        [
            "label": "img", "parameter_name": "img", "parameter_has_default": false, "parameter_default": .null,
            "type": Self.imageType, "python_type": ["type": "filepath", "description": ""], "component": "Image",
            "example_input": ["path": "photo.jpg", "meta": ["_type": "gradio.FileData"]],
        ]
    }

    private var radio: JSONValue {
        let literals = choices.map { "'\($0)'" }.joined(separator: ", ")
        return [
            "label": "version", "parameter_name": "ver", "parameter_has_default": true,
            "parameter_default": .string(VersionChoice.robust),
            "type": ["type": "string", "enum": .array(choices.map { .string($0) })],
            "python_type": ["type": .string("Literal[\(literals)]"), "description": ""], "component": "Radio",
            "example_input": .string(VersionChoice.robust),
        ]
    }

    private var picture: JSONValue {
        [
            "label": "output", "type": Self.imageType, "python_type": ["type": "filepath", "description": ""],
            "component": "Image",
        ]
    }

    /// The JSON schema of a picture: the path of an uploaded file, or a `data:` URL.
    private static let imageType: JSONValue = [
        "title": "ImageData", "type": "object",
        "properties": [
            "path": ["type": ["string", "null"], "description": "Path of an uploaded file"],
            "url": ["type": ["string", "null"], "description": "A data: URL"],
            "size": ["type": ["integer", "null"], "description": "Size in bytes"],
            "orig_name": ["type": ["string", "null"], "description": "Original file name"],
            "mime_type": ["type": ["string", "null"], "description": "Media type"],
            "is_stream": ["type": "boolean", "const": false],
            "meta": ["type": "object", "properties": ["_type": ["const": "gradio.FileData"]]],
        ],
    ]
}

/// Maps the version input of the AnimeGANv2 app to styles.
///
/// The app has two versions. `version 2` is its default and stands for the default style. To the app anything else is version 1; here it is
/// the second style if one is installed, and otherwise the default style. The name of a style is also accepted.
enum VersionChoice {
    static let robust = "version 2 (🔺 robustness,🔻 stylization)"
    static let stylized = "version 1 (🔺 stylization, 🔻 robustness)"

    /// The style for a version; nil for the default style.
    static func style(for version: String?, among styles: [StyleDescription]) -> String? {
        guard let version, !version.isEmpty, version != robust else { return nil }
        if let named = styles.first(where: { $0.name == version }) { return named.name }
        return styles.first { !$0.isDefault }?.name
    }

    /// The choices of the input: a version for each of the first two styles, and the names of further styles.
    static func choices(among styles: [StyleDescription]) -> [String] {
        let others = styles.filter { !$0.isDefault }
        if others.isEmpty { return [robust] }
        return [robust, stylized] + others.dropFirst().map(\.name)
    }
}
