/// A variable of a task's environment whose value nobody may see.
package struct SecretVariable: Hashable, Sendable {
    /// The variable's name.
    package var name: String
    /// What `rota.yaml` calls the secret.
    package var secret: String

    /// Pairs a variable with a secret.
    package init(name: String, secret: String) {
        self.name = name
        self.secret = secret
    }
}
