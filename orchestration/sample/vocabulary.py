"""Invented words: names, companies, titles, pages, forms, e-mails; none names a real person or company."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Ada Alba Amir Anouk Arjun Astrid Bela Bruno Carla Cedric Chidi Clara Dalia Dario Edda Elin Emil Enzo "
    "Farah Felix Fiona Gita Goran Greta Hana Hugo Ida Ines Ivan Jana Jonas Kaito Karim Katya Lars Leila "
    "Lena Liam Luca Maeve Malik Mara Marco Mina Nadia Nils Noor Olga Omar Paula Petra Priya Quinn Rafael "
    "Rana Rosa Samir Selma Sofia Sven Tara Theo Tilda Umar Vera Viktor Wanda Xenia Yara Yusuf Zara Zoe"
)
LAST_NAMES = _words(
    "Abbot Adler Almeida Bakker Barros Bergson Bianchi Brandt Carver Castel Chandra Corvin Dahl Delmar "
    "Dvorak Eklund Elster Farrow Fontaine Garrido Grau Haddad Halvor Hartwig Iyer Jansky Kahale Keller "
    "Kovac Lindqvist Lombard Marek Mercado Moreau Nakano Norberg Novak Okafor Oren Palmer Petrov Quist "
    "Ramires Reyes Rossi Sandoval Santos Sato Selby Sharma Silva Stark Tanaka Thorne Tomas Ulrich Valdez "
    "Varga Vogel Wagner Weiss Winter Yilmaz Zeller"
)
COMPANY_STEMS = _words(
    "Alder Amber Anvil Arden Aspen Bright Cedar Clear Cobalt Coral Crest Delta Ember Fern Flint Garnet "
    "Glen Harbor Hazel Indigo Iron Juniper Kestrel Lumen Maple Meridian North Oak Onyx Opal Orchard Pine "
    "Quarry Raven River Sable Sierra Silver Slate Solar Spruce Stone Summit Terra Thistle Timber Umber "
    "Vale Vista West Willow"
)
COMPANY_NOUNS = _words(
    "Analytics Capital Cloud Components Consulting Data Dynamics Energy Foods Foundry Freight Health "
    "Industries Insurance Labs Logistics Machines Media Networks Partners Retail Robotics Software "
    "Systems Tools Works"
)

# Titles by seniority: individual, manager, director, VP, C-level, student.
TITLES_BY_SENIORITY = (
    "Marketing Specialist|Business Analyst|Software Engineer|Sales Representative|Account Executive"
    "|Data Analyst|Operations Coordinator|Consultant|Assistant|IT Administrator",
    "Marketing Manager|Operations Manager|IT Manager|Sales Manager|Senior Manager, Demand Generation"
    "|Project Manager|Engineering Manager|Finance Manager",
    "Director of Marketing|Director, Operations|Sr. Director IT|Sales Director|Director of Revenue Operations"
    "|Finance Director",
    "VP Marketing|VP of Sales|Vice President, Operations|VP Engineering|Vice President Finance",
    "CEO|CTO|Chief Marketing Officer|CFO|Chief Revenue Officer|COO",
    "Student|PhD Student|Graduate Student",
)
TITLES = tuple(
    (title, level) for level, titles in enumerate(TITLES_BY_SENIORITY) for title in titles.split("|")
)

PAGES = _words(
    "/ /product /product/integrations /customers /blog/funnel-basics /blog/lead-scoring"
    " /about /careers /docs /pricing"
)
PRICING_PAGE = len(PAGES) - 1

FORMS = (
    "Whitepaper download - State of the Funnel",
    "Whitepaper download - Buyer Committee Guide",
    "Whitepaper download - Scoring Handbook",
    "Newsletter",
    "Contact us",
    "Demo request",
)
WHITEPAPERS, NEWSLETTER, CONTACT_US, DEMO = 3, 3, 4, 5

EMAILS = (
    "Nurture 1 - Welcome",
    "Nurture 2 - Funnel checklist",
    "Nurture 3 - Customer story",
    "Nurture 4 - Webinar invitation",
    "Nurture 5 - Benchmark report",
    "Nurture 6 - Product tour",
    "Nurture 7 - Talk to us",
    "Nurture 8 - Last call",
    "Digest - Quarterly news",
    "Digest - Product update",
)
LINKS = ("/product", "/customers", "/blog/lead-scoring", "/pricing")

TOPICS = (
    "Pipeline Clarity", "Revenue Rhythm", "Faster Hand-offs", "Scoring That Lasts", "Buying Groups",
    "Forecast Friday", "Data You Trust", "Marketing Math", "Sales Alignment", "Attribution Basics",
    "Lean Operations", "Growth Loops",
)  # fmt: skip
DISQUALIFIED_REASONS = ("Not a fit", "No budget", "Bad data", "No response", "Student", "Competitor")
