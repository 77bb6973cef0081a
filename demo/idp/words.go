package idp

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages of the pages; the first is spoken where none fits.
var languages = []string{"en", "pt-BR"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese})

// readerLanguage is what the browser asks for.
func readerLanguage(r *http.Request) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return languages[0]
	}
	_, i, _ := matcher.Match(tags...)
	return languages[i]
}

// say translates an English sentence of the pages. What has no translation, such as
// the library's word on a wrong request, stays as it is.
func say(language, english string) string {
	if language == "pt-BR" {
		if text, ok := portuguese[english]; ok {
			return text
		}
	}
	return english
}

var portuguese = map[string]string{
	"Demo sign-in": "Acesso da demonstração",
	"Make-believe provider on this machine. No real account exists here.": "Provedor de faz de conta nesta máquina. Nenhuma conta real existe aqui.",
	"Error":   "Erro",
	"Sign in": "Entrar",
	"The site asks you to sign in again before it goes on.": "O site pede que você entre de novo antes de continuar.",
	"to continue to Profile Desk":                           "para continuar no Profile Desk",
	"Not signed in.":                                        "Acesso negado.",
	"Username":                                              "Nome de usuário",
	"Password":                                              "Senha",
	"Accounts of the demo":                                  "Contas da demonstração",
	"The password of each is":                               "A senha de cada uma é",
	"A button signs in as that person.":                     "Um botão entra como aquela pessoa.",
	"disabled":                                              "desativada",
	"This username and password do not go together.":        "Este nome de usuário e esta senha não combinam.",
	"This account is disabled.":                             "Esta conta está desativada.",

	"looks customers up, edits attributes, runs exports": "consulta clientes, edita atributos, faz exportações",
	"also reveals masked values and asks for deletes":    "também revela valores mascarados e pede exclusões",
	"looks customers up, asks for and approves deletes":  "consulta clientes, pede e aprova exclusões",
	"reads the audit log":                                "lê o registro de auditoria",
	"may do everything":                                  "pode tudo",
	"is in no group and gets in nowhere":                 "não está em grupo algum e não entra em lugar algum",

	"Sign out":       "Sair",
	"Sign out here?": "Sair daqui?",
	"A link asked for it without saying for whom. Signing out ends your session at this provider.": "Um link pediu isso sem dizer por quem. Sair encerra a sua sessão neste provedor.",
	"You are signed out":                        "Você saiu",
	"This browser is no longer signed in here.": "Este navegador não está mais conectado aqui.",
	"Open": "Abrir",

	"This sign-in cannot start":            "Este acesso não pode começar",
	"This sign-in cannot finish":           "Este acesso não pode terminar",
	"Go back to the site and start again.": "Volte ao site e comece de novo.",
	"This sign-in has run out":             "Este acesso expirou",
	lateSignIn:                             "Ele não é conhecido aqui, ou levou mais de dez minutos. Volte ao site e comece de novo.",
	"This logout cannot be carried out":    "Esta saída não pode ser feita",
	"Its ID token is not one of this provider, or the address to return to is not registered.": "O token de identidade não é deste provedor, ou o endereço de retorno não está registrado.",
	"No such page": "Página inexistente",
	"This provider only signs people in to the demo.":                  "Este provedor só dá acesso à demonstração.",
	"The demo's sign-in provider":                                      "O provedor de acesso da demonstração",
	"Nothing is to be done here: the site sends you when you sign in.": "Não há nada a fazer aqui: o site traz você quando você entra.",
}
