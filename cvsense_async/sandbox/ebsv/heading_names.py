"""The names that people give to the parts of a CV, and the words that may stand before such a name.

Data only; `headings` says how they go together. Written without accents and in lower case.
"""

from __future__ import annotations

from cvsense_async.sandbox.ebsv.document import SectionKind as Kind


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split("|") if name.strip())


PHRASES: dict[Kind, tuple[str, ...]] = {
    Kind.EXPERIENCE: _names(
        """
        experience | experiences | employment | employment history | work history | job history | career
        history | work | positions held | positions | professional history | professional background | work
        background | career background | employment record | career progression | internships | internship |
        volunteering | volunteer work | volunteer | volunteer history | military service | military
        experience | military background | military | appointments | academic appointments | assignments |
        career | jobs | employment details | professional career | relevant work | career profile history |
        berufserfahrung | beruflicher werdegang | werdegang | praktika | experience professionnelle |
        experiences professionnelles | parcours professionnel | experiencia | experiencia laboral |
        experiencia profesional | esperienza | esperienze | esperienza lavorativa | esperienze professionali
        | esperienza professionale | werkervaring | experiencia profissional | berufliche erfahrung |
        berufspraxis | arbeitserfahrung | berufliche stationen | experience de travail | emplois | parcours
        | historial laboral | trayectoria profesional | trayectoria laboral | experiencia de trabajo |
        esperienze di lavoro | esperienze lavorative | percorso professionale | werkervaringen | loopbaan |
        werkverleden | arbeidsverleden | doswiadczenie | doswiadczenie zawodowe | przebieg kariery |
        przebieg zatrudnienia | kariera zawodowa | historia zatrudnienia | staze i praktyki
        """
    ),
    Kind.PROJECTS: _names(
        """
        projects | project | project history | project experience | portfolio | side projects | open source
        | open source contributions | projekte | projets | proyectos | case studies | key assignments |
        project details | project summary | progetti | projecten | projekty | projets personnels
        """
    ),
    Kind.EDUCATION: _names(
        """
        education | educational background | educational qualifications | education history | academic
        background | academics | academic qualifications | academic history | academic record | schooling |
        degrees | degree | studies | coursework | course work | qualification | educational qualification |
        academic credentials | academic profile | academic education | education details | educational
        details | scholastic record | ausbildung | bildung | bildungsweg | studium | schulbildung |
        formation | formations | etudes | educacion | formacion | formacion academica | istruzione |
        istruzione e formazione | opleiding | opleidingen | formacao | akademische ausbildung | schulische
        ausbildung | hochschulbildung | diplomes | diplomes et formations | parcours scolaire | estudios |
        titulacion | estudios realizados | formazione | titoli di studio | percorso formativo | studi |
        onderwijs | studie | wyksztalcenie | edukacja | studia
        """
    ),
    Kind.CERTIFICATIONS: _names(
        """
        certifications | certification | certificates | certificate | licenses | licences | license |
        licence | licensure | credentials | training | trainings | courses | professional development |
        continuing education | workshops | accreditations | certifications held | zertifikate |
        weiterbildung | weiterbildungen | fortbildungen | certificaciones | cursos | corsi | certificazioni
        | certificats | seminars | training courses | courses attended | certificaten | certyfikaty | kursy
        | szkolenia | kursy i szkolenia | cursussen | certificaciones y cursos | zertifizierungen
        """
    ),
    Kind.SKILLS: _names(
        """
        skills | skill | skill set | skillset | skill sets | competencies | competences | competency |
        competence | areas of expertise | expertise | area of expertise | areas of strength | areas of
        strengths | areas of knowledge | strengths | qualifications | highlights | skill highlights |
        highlights of qualifications | summary of skills | technologies | technology | tools | tech stack |
        technical stack | tech | toolbox | programming languages | software | computer literacy | technical
        proficiencies | technical proficiency | computer proficiency | proficiencies | knowledge | abilities
        | capabilities | technical environment | kenntnisse | fahigkeiten | edv kenntnisse | competences
        techniques | habilidades | aptitudes | competencias | competenze | vaardigheden | core areas |
        specialties | specialities | specializations | areas of specialization | skill summary | summary of
        qualifications | qualifications summary | qualification highlights | methodologies | programs |
        applications | competences | competences cles | savoir faire | connaissances | kompetenzen |
        fachkenntnisse | it kenntnisse | qualifikationen | conocimientos | destrezas | conoscenze | capacita
        | abilita | competenties | kennis | computervaardigheden | umiejetnosci | kompetencje | znajomosc
        narzedzi
        """
    ),
    Kind.SUMMARY: _names(
        """
        summary | profile | objective | objectives | about me | about | overview | personal statement |
        statement | career objective | career goal | career goals | goals | goal | bio | biography |
        introduction | synopsis | career synopsis | executive profile | professional profile | career focus
        | career summary | summary statement | mission statement | profile summary | profile details |
        profil | kurzprofil | uber mich | a propos | perfil | resumen | profilo | sobre mi | career
        statement | professional statement | background | who am i | who i am | value proposition | personal
        details summary | zusammenfassung | profil professionnel | profil zawodowy | podsumowanie | o mnie |
        cel zawodowy | riepilogo | chi sono | profiel | samenvatting | over mij | objectif | a propos de moi
        | objetivo | extracto
        """
    ),
    Kind.ACHIEVEMENTS: _names(
        """
        accomplishments | accomplishment | achievements | achievement | awards | award | honors | honours |
        recognition | recognitions | honors and awards | distinctions | key results | auszeichnungen | prix
        | premios | scholarships | fellowships | grants | career highlights | successes | contributions |
        milestones | riconoscimenti | prestaties | osiagniecia | nagrody | logros | realisations | erfolge
        """
    ),
    Kind.PUBLICATIONS: _names(
        """
        publications | publication | papers | articles | presentations | conferences | research papers |
        patents | conference presentations | talks | invited talks | speaking | speaking engagements |
        veroffentlichungen | publikationen | publicaciones | pubblicazioni | posters | books | bibliography
        | selected works | exhibitions | works published | publicaties | publikacje
        """
    ),
    Kind.LANGUAGES: _names(
        """
        languages | language | language skills | language proficiency | languages knowledge | languages
        known | languages spoken | foreign languages | sprachen | sprachkenntnisse | langues | idiomas |
        lingue | talen | linguistic skills | language competencies | knowledge of languages | mother tongue
        | fremdsprachen | langues etrangeres | talenkennis | jezyki | jezyki obce | znajomosc jezykow |
        conoscenze linguistiche | competenze linguistiche | competences linguistiques
        """
    ),
    Kind.INTERESTS: _names(
        """
        interests | hobbies | hobby | interests and hobbies | activities | extracurricular activities |
        extra curricular | extracurricular | leisure | pastimes | interessen | hobbys | loisirs | centres d
        interet | aficiones | intereses | interessi | outside interests | leisure activities | campus
        activities | zainteresowania | interesses | freizeit | centres d interets
        """
    ),
    Kind.REFERENCES: _names(
        """
        references | reference | referees | recommendations | referenzen | references available |
        testimonials | referencias | references available upon request | references available on request |
        references upon request | referenze | referenties | referencje
        """
    ),
    Kind.HEADER: _names(
        """
        contact | contacts | contact info | contact information | contact details | personal information |
        personal details | personal data | personal | details | personal info | personal profile details |
        kontakt | personliche daten | coordonnees | datos personales | dati personali | bio data | contact
        me | address | kontaktdaten | contacto | datos de contacto | contatti | dati anagrafici |
        informazioni personali | contactgegevens | persoonlijke gegevens | dane osobowe | dane kontaktowe |
        etat civil | informations personnelles
        """
    ),
    Kind.OTHER: _names(
        """
        affiliations | affiliation | professional affiliations | memberships | membership | professional
        memberships | associations | additional information | additional | miscellaneous | other | other
        information | declaration | community service | community involvement | civic involvement |
        community | clubs | leadership | leadership roles | professional associations | organizations |
        memberships and affiliations | security clearance | clearance | clearances | availability | visa
        status | citizenship | links | social | profiles | research interests | teaching | teaching
        interests | committees | professional organizations | sonstiges | autres | otros datos | boards |
        keywords | key words | disclaimer | notes | hobbies details | driving licence | driving license |
        driver s license
        """
    ),
}
BEFORE = frozenset(
    _names(
        """
        professional | work | working | career | core | key | technical | relevant | additional | other |
        selected | academic | personal | executive | related | management | main | major | general |
        specialized | specialised | special | strategic | primary | notable | significant | recent |
        previous | past | prior | current | computer | it | soft | hard | business | industry | job |
        employment | my | the | your | summary | of | professional's | administrative | educational |
        teaching | research | clinical | leadership | volunteer | volunteering | voluntary | internship |
        freelance | consulting | military | community | industrial | practical | detailed | further |
        full-time | part-time | full | part | time | transferable | interpersonal | functional | digital |
        software | programming | corporate | legal | medical | nursing | sales | marketing | finance |
        financial | accounting | engineering | creative | design | culinary | aviation | banking |
        construction | healthcare | hr | technology | top | brief | highlighted | highlights | international
        | qualifications | and | & | professionnelle | extra | supervisory | customer | service | office |
        foreign | life | areas | area | media | production | sector | graduate | postgraduate |
        undergraduate | extracurricular | student | project | description | certified | formal | continuing
        | skills | skill | training | education | experience | profile | overview | history |
        technische | berufliche | beruflicher | relevante | digitale
        """
    )
)
AFTER = frozenset(
    _names(
        """
        professionnel | professionnelle | professionnels | professionnelles | profesional | profesionales | laboral
        | laborales | academica | academicas | lavorativa | lavorative | professionale | professionali | accademica
        | tecniche | tecnica | tecnico | techniques | technique | tecnicas | tecnicos | cles | principales
        | principali | informatiques | informatiche | informaticas | digitales | digitali | personnels | personnelles
        | relationnelles | zawodowe | zawodowy | techniczne | miekkie | obce | complementaria | complementaire
        """
    )
)
"""Words that may stand after a name in languages that set them there ("competences techniques")."""
COMMON = frozenset(
    _names(
        """
        work | works | career | jobs | positions | assignments | military | volunteer | project | portfolio
        | formation | degree | degrees | studies | qualification | license | licence | certificate |
        credentials | training | courses | technology | technologies | tools | tech | software | programs |
        applications | knowledge | abilities | strengths | background | goal | goals | about | statement |
        introduction | overview | profile | award | contributions | milestones | grants | papers | articles
        | books | posters | talks | speaking | conferences | language | activities | leisure | details |
        personal | social | additional | other | community | clubs | leadership | teaching | links | notes |
        boards | committees | organizations | associations | availability | address | methodologies |
        recognition | successes | specialties | capabilities | expertise | competence | skill | reference |
        internship | employment | emplois | parcours | studio | studie | studi | logros | prestaties |
        extracto | connaissances
        """
    )
)
